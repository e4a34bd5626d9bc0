/*
 * What `inference-constructs report` writes, in a real browser.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { stacks } from '../../stacks/stacks';
import { installed } from './support/lab-home';

const ROOT = resolve(__dirname, '..', '..');

const STACKS = Object.keys(stacks);

const SIZES = {
  phone: { width: 360, height: 740 },
  desk: { width: 1280, height: 900 },
} as const;

(installed('chromium') ? describe : describe.skip)('the report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  let browser: Browser;
  let page: Page;
  let said: string[] = [];

  const run = (...args: readonly string[]): string =>
    execFileSync('node', ['--import', 'tsx', 'lib/cli/main.ts', 'report', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
    });

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: ['--no-sandbox'],
    });
    page = await browser.newPage();
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) said.push(`asked for ${request.url()}`);
    });
    for (const stack of STACKS) run(`manifests/${stack}`, '-o', join(folder, `${stack}.html`));
  });

  beforeEach(() => {
    said = [];
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  describe.each(STACKS)('of %s', (stack) => {
    test.each(Object.keys(SIZES) as (keyof typeof SIZES)[])('fits a %s', async (size) => {
      await page.setViewportSize(SIZES[size]);
      await page.goto(pathToFileURL(join(folder, `${stack}.html`)).href);
      const picture = join(folder, `${stack}-${size}.png`);
      await page.screenshot({ path: picture, fullPage: true });

      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      expect(statSync(picture).size).toBeGreaterThan(20_000);
      expect(said).toEqual([]);
    });

    test('has a drawing and every table', async () => {
      await page.goto(pathToFileURL(join(folder, `${stack}.html`)).href);

      expect(await page.title()).toBe(stack);
      expect(await page.locator('svg.drawing .node.server').count()).toBeGreaterThan(0);
      expect(await page.locator('svg.drawing .edge').count()).toBeGreaterThan(1);
      expect(await page.locator('h2').allTextContents()).toEqual([
        'Topology',
        'What runs where',
        'Security',
        'Network paths that are allowed',
        'Checks at synth',
      ]);
      expect(await page.locator('#network tbody tr').count()).toBeGreaterThan(3);
    });
  });

  test('is light or dark as its reader wants, and dark on white on paper', async () => {
    await page.goto(pathToFileURL(join(folder, 'secure-xeon.html')).href);
    const colours = async (): Promise<unknown> =>
      page.evaluate(
        '[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector("svg text")).fill]',
      );

    await page.emulateMedia({ colorScheme: 'light' });
    expect(await colours()).toEqual(['rgb(255, 255, 255)', 'rgb(28, 36, 48)']);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await colours()).toEqual(['rgb(20, 24, 31)', 'rgb(228, 233, 240)']);
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    expect(await colours()).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    const paper = await page.pdf({ format: 'A4' });
    expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
    await page.emulateMedia({ media: 'screen' });
  });

  test('says which clients get in, how many nodes that is, and what the checks concluded', async () => {
    await page.goto(pathToFileURL(join(folder, 'secure-xeon.html')).href);
    expect(await page.locator('svg').textContent()).toContain('CN=edge-camera-7');
    await page.goto(pathToFileURL(join(folder, 'eks-spot-resnet.html')).href);
    expect(await page.locator('#workloads').textContent()).toContain('20–100 of spot-4x16');
    expect(await page.locator('#checks').textContent()).toContain('no on-demand pool');
  });

  test('as SVG alone has its own colours', async () => {
    const file = join(folder, 'alone.svg');
    run('manifests/secure-xeon', '--format', 'svg', '-o', file);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto(pathToFileURL(file).href);

    expect(await page.evaluate('getComputedStyle(document.querySelector("text")).fill')).toBe(
      'rgb(228, 233, 240)',
    );
    expect(said).toEqual([]);
  });

  test.each(STACKS)('for Mermaid is drawn by Mermaid: %s', async (stack) => {
    const source = run(`manifests/${stack}`, '--format', 'mermaid');
    await page.goto('about:blank');
    await page.addScriptTag({
      path: join(ROOT, 'node_modules', 'mermaid', 'dist', 'mermaid.min.js'),
    });
    const drawn = await page.evaluate<string>(
      `mermaid.render('drawing', ${JSON.stringify(source)}).then(({ svg }) => svg)`,
    );

    expect(drawn).toContain('<svg');
    expect(drawn).not.toContain('Syntax error');
    expect(drawn.match(/class="node /g)?.length).toBe(source.match(/^\s+n\d+[[({>]/gm)?.length);
  });
});
