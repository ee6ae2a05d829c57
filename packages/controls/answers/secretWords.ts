/** What kind of secret a question asks for. */
export type SecretKind = 'password' | 'key' | 'code' | 'card'

interface Words {
  /** As a name, a title or a description of a field these ask for a secret by themselves. */
  readonly fields: string
  /** In running text only beside a demand, and only what is not about anything else. */
  readonly sentences: string
}

/** Small letters, phrases apart by `|`. English, German, French, Spanish, Portuguese, Russian, Chinese, Japanese, Korean, Arabic, Persian. */
export const SECRET_WORDS: Readonly<Record<SecretKind, Words>> = {
  password: {
    fields: 'pwd|passwd|pass|pw|secret answer|security question|security answer|mothers maiden name',
    sentences:
      'password|passwords|passcode|passphrase|pass phrase|pass word|master password|passwort|kennwort|mot de passe|motdepasse|contraseña|' +
      'senha|пароль|пароля|пароли|密码|密碼|口令|パスワード|비밀번호|كلمة المرور|كلمة السر|رمز عبور|گذرواژه',
  },
  key: {
    fields:
      'token|secret|credentials|credential|secret value|jeton|токен|令牌|トークン|토큰|mnemonic|zugangsdaten|schlüssel',
    sentences:
      'api key|api keys|apikey|api token|access token|auth token|bearer token|refresh token|session token|personal access token|github token|secret key|' +
      'private key|ssh key|signing key|encryption key|access key|client secret|app secret|seed phrase|recovery phrase|recovery key|connection string|' +
      'api schlüssel|privater schlüssel|clé api|clé d api|clé privée|clave api|clave privada|chave de api|chave privada|ключ api|api ключ|закрытый ключ|' +
      '密钥|密鑰|助记词|秘密鍵|apiキー|api 키|api키|개인키|مفتاح api',
  },
  code: {
    fields: 'otp|totp|pin|2fa|mfa|code 2fa|2fa code|mfa code|tan nummer|security code|auth code',
    sentences:
      'one time code|one time password|one time passcode|onetime code|verification code|authenticator code|authentication code|two factor code|sms code|' +
      'pin code|pincode|your pin|6 digit code|einmalcode|einmalpasswort|bestätigungscode|code de vérification|code à usage unique|código de verificación|' +
      'código de verificação|код подтверждения|одноразовый код|код из смс|验证码|驗證碼|認証コード|確認コード|暗証番号|인증번호|인증 코드|رمز التحقق',
  },
  card: {
    fields: 'cvv|cvc|cvv2|cvc2|card expiry|iban|ssn|routing number|account number|passport number|pan number',
    sentences:
      'card number|cardnumber|credit card|creditcard|debit card|card verification|bank account number|social security number|kartennummer|' +
      'kreditkarte|kreditkartennummer|numéro de carte|carte bancaire|número de tarjeta|tarjeta de crédito|cartão de crédito|номер карты|' +
      '信用卡|卡号|银行卡号|クレジットカード|카드 번호|카드번호|رقم البطاقة',
  },
}

/** What makes a sentence a demand. */
export const DEMANDS =
  'enter|provide|give|type|paste|send|tell|supply|share|input|confirm|need|needs|required|what is|eingeben|geben sie|gib|saisir|saisissez|entrez|' +
  'introduzca|ingrese|introduce|digite|informe|введите|укажите|输入|提供|入力|입력|أدخل|وارد کنید'

/** Phrases that have a word of the above and ask for nothing. */
export const HARMLESS =
  'token count|token limit|token budget|token type|max token|page token|next token|continuation token|sync token|pagination token|token name|secret name|' +
  'secret santa|pin message|pin color|pin code length|password length|password policy|password manager|password hint|credential type|credential name|' +
  'key name|forgot password|reset password|boarding pass|pass fail|pass rate'
