/*
 * Regular expressions for the subject of a client's certificate, as proxies print it: RFC 2253, the most
 * specific name first, in printable ASCII. A certificate passes if it has exactly one common name, in a
 * relative name of its own, and that is an allowed one, letter by letter. Escaped characters are read as such:
 * `OU=x\,CN=client` has no common name "client". There is no look-around, which RE2 (Envoy, Go) has not.
 */

/** Any text, its escapes kept together, so that what follows it is never escaped. */
const TEXT = '([ -\\[\\]-~]|\\\\[ -~])*';

/**
 * Longest common name, once escaped, for Envoy: it refuses expressions above a size, and with them its whole
 * configuration.
 */
export const ENVOY_LONGEST_NAME = 70;

/** A subject with two common names or more. */
export const SEVERAL_COMMON_NAMES = `^(${TEXT}[,+])?CN=${TEXT}[,+]CN=`;

/** A subject in which some relative name is this common name; there may be others. */
export function subjectWith(commonName: string): string {
  return `^(${TEXT},)?CN=${quoteMeta(rfc2253(commonName))}(,${TEXT})?$`;
}

/** The rest of an attribute: no separators but escaped ones. */
const REST = '(?:[^,+\\\\]|\\\\.)*';

/** An attribute that is no common name: whatever does not begin with `CN=`. */
const OTHER = `(?:[^C,+\\\\]|C[^N,+\\\\]|CN[^=,+\\\\])${REST}`;

/** A relative name without a common name; may have several values. */
const OTHER_NAME = `${OTHER}(?:\\+${OTHER})*`;

/** The same as both of the above in one expression, for proxies that take one, of any size. */
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
