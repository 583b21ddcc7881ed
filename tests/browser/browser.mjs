// SPDX-License-Identifier: Apache-2.0
// One chromium for all tests, and pages in it that notice what a person would not: errors on the
// console, requests to strangers, texts that do not fit, what axe says of accessibility.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { PATIENCE_S } from './until.mjs';

const packages = createRequire(process.env.PACKAGES);
const { chromium } = packages('playwright-core');
const axe = readFileSync(packages.resolve('axe-core/axe.min.js'), 'utf8');

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
        const context = await browser.newContext({ baseURL: url, viewport: LAPTOP,
                reducedMotion: 'reduce', ...options });
        const page = await context.newPage();

        page.setDefaultTimeout(1000 * PATIENCE_S);
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

// What axe finds, or some of its rules, each with its first place: "color-contrast, 3 times: td ...".
export async function violations(page, rules) {
        if (!await page.evaluate('window.axe'))
                await page.evaluate(axe);
        const found = await page.evaluate(only => window.axe.run({ resultTypes: ['violations'],
                ...only ? { runOnly: { type: 'rule', values: only } }
                        : { rules: { 'target-size': { enabled: true } } } }), rules);

        return found.violations.map(v => `${v.id}, ${v.nodes.length} times: `
                + `${v.nodes[0].target.join(' ')}: ${v.nodes[0].failureSummary}`);
}

// What sticks out of the window to the side, outermost first; [] = nobody has to scroll sideways.
export function overflowing(page) {
        return page.evaluate(() => {
                const width = document.documentElement.clientWidth;

                if (document.documentElement.scrollWidth <= width)
                        return [];
                return [...document.querySelectorAll('body *')]
                        .filter(e => e.getBoundingClientRect().right > width + 1).slice(0, 5)
                        .map(e => `wider than ${width}: ${e.outerHTML.slice(0, 100)}`);
        });
}

export async function screenshot(page, name) {
        mkdirSync(process.env.SCREENSHOTS, { recursive: true });
        await page.screenshot({ path: join(process.env.SCREENSHOTS, `${name}.png`), fullPage: true });
}
