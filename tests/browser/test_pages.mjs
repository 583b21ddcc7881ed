// SPDX-License-Identifier: Apache-2.0
// Every page, in light and dark, on a phone and a wide screen: fits, is accessible, says what it is.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { PHONE, WIDE, overflowing, screenshot, violations, visit } from './browser.mjs';
import { at } from './scenes.mjs';

const PAGES = {
        overview: '/',
        endpoints: '/endpoints',
        'endpoints-found': '/endpoints?q=ex&state=error,warning&sort=expires&order=desc',
        'endpoint-incomplete': '/endpoint?id=incomplete',
        'endpoint-order': '/endpoint?id=order',
        'endpoint-old-chain': '/endpoint?id=old-chain',
        'endpoint-mended': '/endpoint?id=expired',
        'endpoint-refused': '/endpoint?id=refused',
        certificates: '/certificates',
        queue: '/queue',
        silences: '/silences',
};

// Is it accessible on a phone, where everything is smallest, and does it fit?
async function fitsPhone(page, name) {
        await page.setViewportSize(PHONE);
        const wrong = [...await violations(page), ...await overflowing(page)];

        await screenshot(page, `${name}-phone`);
        assert.deepEqual(wrong, []);
}

// As it is first seen, then dark on a wide screen, then on a phone: a picture of each.
async function looksWell(page, name) {
        await screenshot(page, name);
        await page.emulateMedia({ colorScheme: 'dark' });
        await page.setViewportSize(WIDE);
        const wrong = [...await violations(page, ['color-contrast']), ...await overflowing(page)];

        await screenshot(page, `${name}-dark`);
        assert.deepEqual(wrong, []);
        await page.emulateMedia({ colorScheme: 'light' });
        await fitsPhone(page, name);
}

describe('looks well', { concurrency: 3 }, () => {
        for (const [name, path] of Object.entries(PAGES))
                test(name, async t => {
                        const page = await visit(t, at.demo);

                        assert.equal((await page.goto(path)).status(), 200);
                        assert.match(await page.title(), /\S - notafter$/);
                        assert.equal(await page.locator('h1').count(), 1);
                        await looksWell(page, name);
                });

        test('a certificate', async t => {
                const page = await visit(t, at.demo);

                await page.goto('/certificates');
                await page.locator('main a[href^="/certificate?"]').first().click();
                await page.waitForURL(/certificate\?sha256=[0-9a-f]{64}$/);
                await looksWell(page, 'certificate');
        });

        test('an error', async t => {
                const page = await visit(t, at.demo, { expected: /status of 404/ });
                const answer = await page.goto('/endpoint?id=<b>nobody</b>');

                assert.equal(answer.status(), 404);
                assert.equal(await page.locator('main b').count(), 0);
                await looksWell(page, 'error');
        });

        for (const scene of ['nothing', 'broken'])
                for (const path of ['/', '/endpoints', '/certificates', '/queue', '/silences'])
                        test(`${path} with ${scene}`, async t => {
                                const page = await visit(t, at[scene]);

                                assert.equal((await page.goto(path)).status(), 200);
                                await fitsPhone(page, `${scene}-${path.slice(1) || 'overview'}`);
                        });
});

test('every link of every page leads somewhere', async t => {
        const page = await visit(t, at.demo);
        const known = new Set(Object.values(PAGES).map(path => new URL(path, at.demo).href));

        for (const url of known) { // grows meanwhile
                const answer = await page.request.get(url);
                const html = /^text\/html/.test(answer.headers()['content-type']);

                assert.equal(answer.status(), 200, url);
                for (const [, link] of html ? (await answer.text()).matchAll(/(?:href|src)="([^"]*)"/g) : [])
                        known.add(new URL(link.replaceAll('&amp;', '&'), url).href.split('#')[0]);
        }
        assert.ok(known.size > 60, `${known.size} links`);
});
