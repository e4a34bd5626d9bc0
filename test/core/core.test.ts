import { ApiObject, App, Chart, Size } from 'cdk8s';
import * as pulumi from '@pulumi/pulumi';
import { Cpu, NetworkPeer, ServingChart, warningsOf } from 'inference-constructs';
import { isLabelKey, isLabelValue, isSubdomain } from '../../lib/core/names';
import {
  coresText,
  cpuQuantity,
  memoryQuantity,
  memoryText,
  mibOf,
  millisOf,
} from '../../lib/core/quantities';
import { warn } from '../../lib/core/warnings';
import { chartOf } from '../support/charts';

describe('quantities', () => {
  test.each([
    [Cpu.units(2), 2000],
    [Cpu.units(0.5), 500],
    [Cpu.millis(1250), 1250],
  ])('counts %j in millicores', (cpu, millis) => {
    expect(millisOf(cpu)).toBe(millis);
  });

  test('rounds sizes up to whole MiB', () => {
    expect(mibOf(Size.kibibytes(1025))).toBe(2);
  });

  test.each([
    [cpuQuantity(2000), '2'],
    [cpuQuantity(1500), '1500m'],
    [memoryQuantity(4096), '4Gi'],
    [memoryQuantity(500), '500Mi'],
    [coresText(1000), '1 core'],
    [coresText(2500), '2.5 cores'],
    [memoryText(500), '500 MiB'],
    [memoryText(27_850), '27.1 GiB'],
  ])('writes %s', (written, expected) => {
    expect(written).toBe(expected);
  });
});

describe('names', () => {
  test.each(['a', 'a.b', 'example.com/a-b', 'inference-constructs/pool'])(
    'takes %s as a label key',
    (key) => {
      expect(isLabelKey(key)).toBe(true);
    },
  );

  test.each(['', '-a', 'a/b/c', '/a', 'a/', 'Example.com/a', 'a'.repeat(64)])(
    'refuses %p as a label key',
    (key) => {
      expect(isLabelKey(key)).toBe(false);
    },
  );

  test('refuses label values that are too long or end badly', () => {
    expect(['', 'a', 'A_b.c'].map(isLabelValue)).toEqual([true, true, true]);
    expect(['a-', 'a b', 'a'.repeat(64)].map(isLabelValue)).toEqual([false, false, false]);
  });

  test('refuses subdomains with empty or upper-case parts', () => {
    expect(['a', 'a.b-c', 'a..b', 'A', '-a'].map(isSubdomain)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('ServingChart', () => {
  test('gives every object the namespace and says what it is part of', () => {
    const chart = new ServingChart(new App(), 'test', {
      namespace: 'serving',
      partOf: 'shop',
      labels: { team: 'vision' },
    });
    new ApiObject(chart, 'Config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x' },
    });

    expect(chart.toJson()).toEqual([
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: 'x',
          namespace: 'serving',
          labels: { team: 'vision', 'app.kubernetes.io/part-of': 'shop' },
        },
      },
    ]);
  });

  test('fails with every problem at once', () => {
    expect(() => new ServingChart(new App(), 'test', { namespace: 'No', labels: { '-': '!' } }))
      .toThrowErrorMatchingInlineSnapshot(`
     "test.namespace: got "No" (2 characters), expected a DNS label of at most 63 characters: lower-case letters, digits and "-", starting with a letter; choose such a name; objects in the cluster are called after it
     test.labels["-"]: got the key "-", expected a label key: an optional DNS prefix and "/", then at most 63 letters, digits, "-", "_" or "."; rename the key
     test.labels["-"]: got the value "!", expected at most 63 letters, digits, "-", "_" or ".", starting and ending with a letter or digit; change the value"
    `);
  });

  test('fails in the namespace default', () => {
    expect(() => chartOf('default')).toThrowErrorMatchingInlineSnapshot(
      `"test.namespace: got "default", expected a namespace of its own; name one, so that quotas, Pod Security and network policies hold for these pods alone"`,
    );
  });

  test('fails on two objects of one kind, namespace and name, wherever they are in the app', () => {
    const app = new App();
    const [one, two] = ['one', 'two'].map(
      (id) => new ServingChart(app, id, { namespace: 'serving' }),
    );
    for (const chart of [one, two]) {
      new ApiObject(chart as ServingChart, 'Config', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'x' },
      });
    }

    expect(() => one?.toJson()).toThrowErrorMatchingInlineSnapshot(
      `"two/Config: got ConfigMap "x" in namespace "serving", which one/Config declares too, expected every object of the app only once, as the later would overwrite the earlier; give one of the two another name or namespace"`,
    );
  });

  test('takes objects of one name in two namespaces', () => {
    const app = new App();
    for (const namespace of ['one', 'two']) {
      const chart = new ServingChart(app, namespace, { namespace });
      new ApiObject(chart, 'Config', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'x' },
      });
    }

    expect(() => app.synthYaml()).not.toThrow();
  });

  test.each([
    ['a value', pulumi.output('text')],
    ['a part of a string', 'arn:'.concat(pulumi.output('text') as unknown as string)],
  ])('fails on a Pulumi Output that is %s of a manifest, and says where', (_, value) => {
    const chart = chartOf();
    new ApiObject(chart, 'Config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x' },
      data: { key: [value] },
    });

    expect(() => void chart.toJson()).toThrow(
      'test/Config: data.key.0: got a Pulumi Output, expected a plain value, known when manifests are made; ' +
        'choose the name up front and give the same plain string to the Pulumi resource and to the manifest',
    );
  });
});

describe('NetworkPeer', () => {
  test.each(['10.0.0.0/8', '0.0.0.0/0', '203.0.113.7/32'])('takes %s', (cidr) => {
    expect(() => NetworkPeer.cidr(cidr)).not.toThrow();
  });

  test.each(['10.0.0.1/8', '10.0.0.0', '010.0.0.0/8', '256.0.0.0/8', '10.0.0.0/33', '10.0.0.0/08'])(
    'refuses %s',
    (cidr) => {
      expect(() => NetworkPeer.cidr(cidr)).toThrow(
        `NetworkPeer.cidr.cidr: got "${cidr}", expected an IPv4 block such as 10.20.0.0/16, with no bits set behind the prefix; correct the block`,
      );
    },
  );

  test('fails without labels, as every pod would be let in', () => {
    expect(() => NetworkPeer.pods({})).toThrowErrorMatchingInlineSnapshot(
      `"NetworkPeer.pods.labels: got none, expected at least one label; name the pods; without labels, every pod of the namespace would be let in"`,
    );
  });

  test('fails on a name that is none', () => {
    expect(() => NetworkPeer.namespace('Gateway', { app: '?' }))
      .toThrowErrorMatchingInlineSnapshot(`
     "NetworkPeer.namespace.name: got "Gateway" (7 characters), expected a DNS label of at most 63 characters: lower-case letters, digits and "-", starting with a letter; choose such a name; objects in the cluster are called after it
     NetworkPeer.namespace.podLabels["app"]: got the value "?", expected at most 63 letters, digits, "-", "_" or ".", starting and ending with a letter or digit; change the value"
    `);
  });
});

test('warnings are told once each, with their place', () => {
  const chart = new Chart(new App(), 'test');
  for (let i = 0; i < 2; i += 1)
    warn(chart, 'replicas', { message: 'one replica', fix: 'run two' });

  expect(warningsOf(chart.node.root)).toEqual([
    { at: 'test.replicas', message: 'one replica', fix: 'run two' },
  ]);
});
