import { describe, expect, it } from 'vitest'
import { mixedScripts, skeleton } from './index.ts'

describe('names that are taken for each other have one skeleton', () => {
  it.each([
    ['case', 'read_file', 'Read_File'],
    ['separators', 'read_file', 'read-file'],
    ['camel case', 'read_file', 'readFile'],
    ['l and 1', 'read_file', 'read_fi1e'],
    ['l and I', 'list_all', 'Iist_alI'],
    ['O and 0', 'go_home', 'g0_h0me'],
    ['rn and m', 'confirm', 'confirrn'],
    ['vv and w', 'view', 'vievv'],
    ['Cyrillic', 'paypal', 'p\u0430yp\u0430l'],
    ['Greek', 'copy', 'c\u03bfpy'],
    ['Armenian', 'hush', '\u0570u\u057d\u0570'.replace('\u057d', 's')],
    ['full width', 'read', '\uff52\uff45\uff41\uff44'],
    ['mathematical', 'read', '\u{1d5cb}\u{1d5be}\u{1d5ba}\u{1d5bd}'],
    ['accents', 'resume', 'résumé'],
    ['strokes', 'list', '\u0142ist'],
    ['invisible characters', 'read_file', 'read\u200b_file\u{e0041}'],
    ['other hyphens', 'read-file', 'read\u2010file'],
  ])('%s', (_, name, other) => {
    expect(skeleton(other)).toBe(skeleton(name))
  })

  it.each([
    ['read_file', 'read_files'],
    ['create', 'update'],
    ['查询天气', '查询航班'],
    ['get_a', 'get_b'],
  ])('%s and %s have two', (name, other) => {
    expect(skeleton(name)).not.toBe(skeleton(other))
  })
})

describe('scripts that no language mixes', () => {
  it.each([
    ['p\u0430ypal', ['Cyrillic', 'Latin']],
    ['f\u03b9le', ['Greek', 'Latin']],
    ['\u13a1ead', ['Cherokee', 'Latin']],
    ['\u0570ush', ['Armenian', 'Latin']],
    ['привет_γεια', ['Cyrillic', 'Greek']],
    ['ภาษา한글', ['Hangul', 'Thai']],
    ['api_запрос', ['Cyrillic', 'Latin']],
  ])('%s', (name, scripts) => {
    expect(mixedScripts(name)).toEqual(scripts)
  })

  it.each([
    'read_file',
    'größe',
    '日本語のAPI',
    '한국어API',
    '中文abc',
    'запрос',
    'λόγος',
    'مرحبا API',
    'हिन्दी',
    '5µs',
    'ｆｕｌｌ',
  ])('%s mixes none', (name) => {
    expect(mixedScripts(name)).toEqual([])
  })
})
