/*
 * Subjects of client certificates, and whether they are those of the clients that are allowed. Issued by the
 * right authority all of them: what keeps a hostile one out is how its name is read.
 */
/** The clients that are allowed wherever these subjects are tried. */
export const ALLOWED_CLIENTS = ['client', 'edge.camera', `long-${'x'.repeat(59)}`];

/** Further clients, of names that only some proxies can be told. */
export const UNUSUAL_CLIENTS = ['caméra', 'a+b=c,d*(e)|[f]$', '#hash', 'quote"d\\back'];

/** Relative names in the order of the certificate; each: attribute type → values. */
export type Subject = readonly Readonly<Record<string, readonly string[]>>[];

/** Subjects by what is special about them. */
type Subjects = Readonly<Record<string, Subject>>;

export const RIGHT_SUBJECTS: Subjects = {
  'the common name alone': [{ CN: ['client'] }],
  'an organisation before it': [{ O: ['Acme'] }, { OU: ['ml'] }, { CN: ['client'] }],
  'an organisation after it': [{ CN: ['client'] }, { O: ['Acme'] }],
  'a comma in the organisation': [{ O: ['Acme, Inc.'] }, { CN: ['client'] }],
  'a backslash at the end of the unit': [{ OU: ['a\\'] }, { CN: ['client'] }],
  'its own name in the unit': [{ OU: ['CN=client'] }, { CN: ['client'] }],
  'two units in one relative name': [{ OU: ['a', 'b'] }, { CN: ['client'] }],
  'a dot in the name': [{ CN: ['edge.camera'] }],
  'the longest name': [{ O: ['Acme'] }, { CN: [`long-${'x'.repeat(59)}`] }],
  'letters outside of ASCII elsewhere': [{ O: ['Caméras Ltée'] }, { CN: ['client'] }],
};

export const UNUSUAL_SUBJECTS: Subjects = Object.fromEntries(
  UNUSUAL_CLIENTS.map((name) => [name, [{ O: ['Acme'] }, { CN: [name] }]]),
);

export const HOSTILE_SUBJECTS: Subjects = {
  'another name': [{ CN: ['mallory'] }],
  'a longer name': [{ CN: ['client2'] }],
  'a name that ends in it': [{ CN: ['aclient'] }],
  'a shorter name': [{ CN: ['clien'] }],
  'upper case': [{ CN: ['Client'] }],
  'a letter where an allowed name has a dot': [{ CN: ['edgeXcamera'] }],
  'a regular expression': [{ CN: ['.*'] }],
  'the alternatives of a regular expression': [{ CN: ['client|mallory'] }],
  'no common name': [{ O: ['client'] }],
  'it in the unit': [{ OU: ['CN=client'] }, { CN: ['mallory'] }],
  'it in the unit, no common name': [{ OU: ['CN=client'] }],
  'it behind a comma in the unit': [{ OU: ['x,CN=client'] }, { CN: ['mallory'] }],
  'it behind a comma in the unit, after the name': [{ CN: ['mallory'] }, { OU: ['x,CN=client'] }],
  'it between commas in the unit': [{ OU: ['x,CN=client,y'] }, { CN: ['mallory'] }],
  'it behind a comma, no common name': [{ OU: ['x,CN=client'] }],
  'it behind a backslash and a comma': [{ OU: ['x\\,CN=client'] }, { CN: ['mallory'] }],
  'it behind two backslashes and a comma': [{ OU: ['x\\\\,CN=client'] }],
  'it behind a plus in the unit': [{ OU: ['x+CN=client'] }, { CN: ['mallory'] }],
  'a comma and it in the name': [{ CN: ['mallory,CN=client'] }],
  'a backslash, a comma and it in the name': [{ CN: ['mallory\\,CN=client'] }],
  'it, a comma and more in the name': [{ CN: ['client,OU=x'] }],
  'it and a backslash': [{ CN: ['client\\'] }],
  'it behind its own type': [{ CN: ['CN=client'] }],
  'two names, it last': [{ CN: ['mallory'] }, { CN: ['client'] }],
  'two names, it first': [{ CN: ['client'] }, { CN: ['mallory'] }],
  'two names, both it': [{ CN: ['client'] }, { CN: ['client'] }],
  'two names with a unit between': [{ CN: ['mallory'] }, { OU: ['x'] }, { CN: ['client'] }],
  'two names in one relative name': [{ CN: ['client', 'mallory'] }],
  'it and a unit in one relative name': [{ CN: ['client'], OU: ['x'] }],
  'it twice, once beside a unit': [{ CN: ['mallory'], OU: ['x'] }, { CN: ['client'] }],
  'a space before it': [{ CN: [' client'] }],
  'a space behind it': [{ CN: ['client '] }],
  'a line break and it': [{ CN: ['mallory\nCN=client'] }],
  'it and a line break': [{ CN: ['client\n'] }],
  'it and a zero': [{ CN: ['client\u0000mallory'] }],
  'a Cyrillic letter in it': [{ CN: ['cl\u0456ent'] }],
  'an accent on it': [{ CN: ['client\u0301'] }],
  'full-width letters': [{ CN: ['\uff43\uff4c\uff49\uff45\uff4e\uff54'] }],
  'a hash before it': [{ CN: ['#client'] }],
  'it as an address': [{ E: ['CN=client'] }, { CN: ['mallory'] }],
  'it as a domain component': [{ DC: ['CN=client'] }, { CN: ['mallory'] }],
};
