// SPDX-License-Identifier: Apache-2.0
// One chromium for all tests, and pages in it that notice what a person would not: errors on the
// console, requests to strangers, texts that do not fit, what axe says of accessibility.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const packages = createRequire(process.env.PACKAGES);
const { chromium } = packages('playwright-core');
const axe = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');
const patience = 1000 * 20 * Number(process.env.NOTAFTER_TEST_PATIENCE ?? 1);

export const WIDE = { width: 1600, height: 1000 };
export const LAPTOP = { width: 1200, height: 800 };
export const PHONE = { width: 360, height: 740 };

let browser;

export async function openBrowser() {
        browser = await chromium.launch({
                executablePath: process.env.CHROMIUM,
                args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-sync',
                        '--disable-background-networking', '--disable-component-update',
                        '--no-first-run', '--font-render-hinting=none'],
        });
}

export async function closeBrowser() {
        await browser?.close();
}

// A page of its own at @url, with what Playwright's newContext() takes.
export async function openPage(url, options) {
        const context = await browser.newContext({ baseURL: url, viewport: LAPTOP, ...options });
        const page = await context.newPage();

        page.setDefaultTimeout(patience);
        return page;
}

// The same, closed when the test @t ends, which fails if the page complained (of more than what
// @expected matches) or asked anybody but the daemon for something.
export async function visit(t, url, { expected, ...options } = {}) {
        const page = await openPage(url, options);
        const complaints = [];
        const complain = text => {
                if (!expected?.test(text))
                        complaints.push(`${page.url()}: ${text}`);
        };

        page.on('console', m => ['error', 'warning'].includes(m.type()) && complain(m.text()));
        page.on('pageerror', e => complain(String(e)));
        page.on('dialog', d => {
                complain(`a dialog: ${d.message()}`);
                d.dismiss();
        });
        page.on('request', r => r.url().startsWith(url) || complain(`asks a stranger: ${r.url()}`));
        t.after(async () => {
                await page.context().close();
                assert.deepEqual(complaints, []);
        });
        return page;
}

// What axe finds, one line each: "color-contrast: td.when > time".
export async function violations(page) {
        await page.evaluate(axe);
        const found = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'],
                rules: { 'target-size': { enabled: true } } }));

        return found.violations.flatMap(v => v.nodes.map(n =>
                `${v.id}: ${n.target.join(' ')} ${n.any[0]?.message ?? n.all[0]?.message ?? ''}`));
}

// What sticks out of the window to the side, outermost first; [] = nobody has to scroll sideways.
export function overflowing(page) {
        return page.evaluate(() => {
                const width = document.documentElement.clientWidth;

                if (document.documentElement.scrollWidth <= width)
                        return [];
                return [...document.querySelectorAll('body *')]
                        .filter(e => e.getBoundingClientRect().right > width + 1)
                        .slice(0, 5).map(e => `${e.tagName}.${e.getAttribute('class') ?? ''} `
                                + e.textContent.slice(0, 40));
        });
}

export async function screenshot(page, name) {
        mkdirSync(process.env.SCREENSHOTS, { recursive: true });
        await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
}
