/*
 * Regular expressions for the subject of a client's certificate, as proxies print it: RFC 2253, the most
 * specific name first. They match the whole subject, require exactly one common name in it, in a relative
 * name of its own, and read escaped characters as such: `OU=x\,CN=client` has no common name "client".
 * Without look-around, so that RE2 (Envoy), PCRE (nginx) and Go read them alike.
 */

/** The rest of an attribute: no separators but escaped ones. */
const REST = '(?:[^,+\\\\]|\\\\.)*';

/** An attribute that is no common name: whatever does not begin with `CN=`. */
const OTHER = `(?:[^C,+\\\\]|C[^N,+\\\\]|CN[^=,+\\\\])${REST}`;

/** A relative name without a common name; may have several values. */
const OTHER_NAME = `${OTHER}(?:\\+${OTHER})*`;

/** A pattern for subjects whose one common name is among those given. */
export function subjectPattern(commonNames: readonly string[]): string {
  const names = commonNames.map((name) => quoteMeta(rfc2253(name))).join('|');
  return `^(?:${OTHER_NAME},)*CN=(?:${names})(?:,${OTHER_NAME})*$`;
}

/** A value as OpenSSL and BoringSSL print it with `XN_FLAG_RFC2253`: escaped, and in ASCII only. */
export function rfc2253(value: string): string {
  const characters = [...value];
  return characters
    .map((character, index) => {
      const last = index === characters.length - 1;
      if (/[,+"\\<>;]/.test(character)) return `\\${character}`;
      if (index === 0 && /[# ]/.test(character)) return `\\${character}`;
      if (last && character === ' ') return '\\ ';
      if (character > '\u007e')
        return [...Buffer.from(character, 'utf8')]
          .map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`)
          .join('');
      return character;
    })
    .join('');
}

/** Makes all characters of a text mean themselves in a regular expression. */
export function quoteMeta(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
