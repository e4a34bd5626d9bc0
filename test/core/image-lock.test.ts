import { createHash } from 'node:crypto';
import { App, Testing, type Chart } from 'cdk8s';
import { ImageLock } from 'inference-constructs';
import type { Manifest } from '../../lib/review/manifest';
import { imagesOf } from '../../lib/review/images';
import { readSettings } from '../../stacks/settings';
import { stacks } from '../../stacks/stacks';

const SETTINGS = readSettings(() => undefined);

/** Stands for what a registry would say. */
const digestOf = (image: string): string =>
  `sha256:${createHash('sha256').update(image).digest('hex')}`;

function objectsOf(stack: string, lock?: ImageLock): readonly Manifest[] {
  const app = new App({ outdir: Testing.app().outdir, ...(lock && { resolvers: [lock] }) });
  stacks[stack]?.(app, SETTINGS);
  return app.charts.flatMap((chart: Chart) => chart.toJson() as Manifest[]);
}

describe.each(Object.keys(stacks))('the images of %s', (stack) => {
  const plain = objectsOf(stack);
  const images = imagesOf(plain);
  const digests = Object.fromEntries(images.map((image) => [image, digestOf(image)]));

  test('are pinned wherever they are named, and nothing else changes', () => {
    const pinned = objectsOf(stack, ImageLock.of(digests, { complete: true }));

    expect(images.length).toBeGreaterThan(1);
    expect(imagesOf(pinned)).toEqual(images.map((image) => `${image}@${digestOf(image)}`));
    expect(JSON.parse(JSON.stringify(pinned).replaceAll(/@sha256:[0-9a-f]{64}/g, ''))).toEqual(
      plain,
    );
  });

  test('that are not in the lock stay as they are, or are an error', () => {
    expect(objectsOf(stack, ImageLock.of({}))).toEqual(plain);
    expect(() => objectsOf(stack, ImageLock.of({}, { complete: true }))).toThrow(
      /image: got ".*", which is not in the lock, expected an image whose digest is known; run/,
    );
  });
});

test('a lock of what is no image, or of no digest, is told as a whole', () => {
  expect(() =>
    ImageLock.of({
      'tensorflow/serving:latest': digestOf('a'),
      'rclone/rclone:1.75.1': 'sha256:123',
      [`a:1@${digestOf('a')}`]: digestOf('a'),
    }),
  ).toThrowErrorMatchingSnapshot();
});
