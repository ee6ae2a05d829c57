import { FlowIndex } from './flowIndex.ts'

/**
 * Texts that stand in so many others that finding one tells nothing: heads of licences, beginnings of addresses, lines that programs
 * begin with.
 */
const BOILERPLATE: readonly string[] = [
  'Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.',
  'Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance with the License. You may obtain a copy of the License at http://www.apache.org/licenses/LICENSE-2.0 Unless required by applicable law or agreed to in writing, software distributed under the License is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for the specific language governing permissions and limitations under the License.',
  'Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met: Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.',
  'This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.',
  'SPDX-License-Identifier: Apache-2.0 SPDX-License-Identifier: MIT All rights reserved.',
  'https://img.shields.io/badge/ https://img.shields.io/github/ https://img.shields.io/npm/v/ https://datatracker.ietf.org/doc/html/rfc https://cloud.google.com/ https://github.com/ https://www.github.com/ https://raw.githubusercontent.com/ https://api.github.com/repos/ https://gitlab.com/ https://www.google.com/search?q= https://docs.google.com/document/d/ https://drive.google.com/file/d/ https://www.youtube.com/watch?v= https://en.wikipedia.org/wiki/ https://stackoverflow.com/questions/ https://www.npmjs.com/package/ https://pypi.org/project/ https://docs.python.org/3/library/ https://developer.mozilla.org/en-US/docs/Web/ https://www.linkedin.com/in/ https://twitter.com/ https://www.reddit.com/r/ https://medium.com/ https://www.notion.so/ https://learn.microsoft.com/en-us/ https://modelcontextprotocol.io/ https://json-schema.org/draft/2020-12/schema http://json-schema.org/draft-07/schema# http://www.w3.org/2000/svg http://www.w3.org/1999/xhtml http://localhost:3000/ http://localhost:8080/ http://127.0.0.1:8080/ https://api.openai.com/v1/ https://example.com/ https://www.example.com/',
  '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
  '#!/usr/bin/env python3 #!/usr/bin/env node #!/usr/bin/env bash set -euo pipefail if __name__ == "__main__": main()',
  "import React from 'react' import { useState, useEffect } from 'react' 'use strict' module.exports = export default function import numpy as np import pandas as pd import matplotlib.pyplot as plt from typing import Optional, List, Dict, Any import os import sys import json import logging",
  'application/json application/x-www-form-urlencoded multipart/form-data text/html; charset=utf-8 Content-Type: application/json Authorization: Bearer Accept: application/json User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome Safari/537.36',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789 00000000-0000-0000-0000-000000000000 Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.',
]

/** Boilerplate in a text, as stretches of it. Indexed when the first question comes. */
export function boilerplateIndex(): FlowIndex {
  if (known === undefined) {
    known = new FlowIndex(1 << 14, 0)
    for (const text of BOILERPLATE) known.take(text, 0, 0)
  }
  return known
}
let known: FlowIndex | undefined
