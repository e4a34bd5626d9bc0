import { Duration } from 'cdk8s';
import {
  Certificate,
  CertificateAuthority,
  ClientIdentity,
  RevocationList,
} from 'inference-constructs';
import { TestAuthority } from '../support/certificates';

const DAY = 24 * 60 * 60 * 1000;

describe('fails', () => {
  test.each([
    ['a common name that is empty', () => ClientIdentity.commonName('')],
    ['a common name with a line break', () => ClientIdentity.commonName('a\nb')],
    ['a common name with half a character', () => ClientIdentity.commonName('a\ud800')],
    ['a wildcard as a client', () => ClientIdentity.dnsName('*.example.com')],
    ['a URI without a scheme', () => ClientIdentity.uri('acme/edge')],
    ['a Secret of a wrong name', () => CertificateAuthority.fromSecret('Not_A_Name')],
    ['an authority without a certificate', () => CertificateAuthority.fromPem('nothing')],
    ['a trust store that is none', () => CertificateAuthority.trustStore('a b')],
    ['a certificate of a wrong name', () => Certificate.fromSecret('A')],
    ['a certificate that is none', () => Certificate.fromSecret('a', { pem: 'nothing' })],
    ['an issuer of a wrong name', () => Certificate.fromIssuer('A')],
    ['an ARN of something else', () => Certificate.fromAcm('arn:aws:iam::1:role/x')],
    ['a certificate map by its path', () => Certificate.fromCertificateMap('projects/x/y')],
    ['a list of a wrong name', () => RevocationList.fromSecret('A')],
    ['a list that is none', () => RevocationList.fromPem('nothing', { asOf: new Date(0) })],
    ['a list by mail', () => RevocationList.fromUrl('ldap://x/', { every: Duration.hours(1) })],
    [
      'a list that is looked at every minute',
      () => RevocationList.fromUrl('http://x.example/', { every: Duration.minutes(1) }),
    ],
    [
      'a list that is looked at every seven minutes',
      () => RevocationList.fromUrl('http://x.example/', { every: Duration.minutes(7) }),
    ],
  ])('on %s', (_, make) => {
    expect(make).toThrowErrorMatchingSnapshot();
  });

  test('on a private key where a certificate belongs', async () => {
    const authority = await TestAuthority.make('Clients');
    const { certificate, key } = await authority.issue({ subject: [{ CN: ['a'] }] });

    expect(() => CertificateAuthority.fromPem(authority.pem + key)).toThrow('got a private key');
    expect(() => Certificate.fromSecret('a', { pem: certificate + key })).toThrow(
      'got a private key',
    );
    expect(() => CertificateAuthority.fromPem(certificate)).toThrow(
      'got 1 certificates, 0 of them of an authority',
    );
  });

  test('on a list that has ended, or has not begun', async () => {
    const authority = await TestAuthority.make('Clients');
    const list = await authority.revocationList();

    expect(() => RevocationList.fromPem(list, { asOf: new Date(Date.now() + 8 * DAY) })).toThrow(
      /got a list that ends at .*make a new list; with an expired one, proxies refuse every client/,
    );
    expect(() => RevocationList.fromPem(list, { asOf: new Date(Date.now() - 8 * DAY) })).toThrow(
      'got a list that begins at',
    );
  });
});

test('a list knows whose it is, and whom it lacks', async () => {
  const root = await TestAuthority.make('Root');
  const issuing = await TestAuthority.make('Issuing', { issuer: root });
  const impostor = await TestAuthority.make('Root');
  const asOf = new Date();
  const chain = CertificateAuthority.fromPem(root.pem + issuing.pem);
  const own = await root.revocationList();

  const complete = RevocationList.fromPem(own + (await issuing.revocationList()), { asOf });
  expect([complete.missingFor(chain), complete.foreignTo(chain)]).toEqual([[], 0]);
  const half = RevocationList.fromPem(own, { asOf });
  expect([half.missingFor(chain), half.foreignTo(chain)]).toEqual([['CN=Issuing'], 0]);
  const foreign = RevocationList.fromPem(await impostor.revocationList(), { asOf });
  expect(foreign.foreignTo(chain)).toBe(1);
});
