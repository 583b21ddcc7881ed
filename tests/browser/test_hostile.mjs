// SPDX-License-Identifier: Apache-2.0
// What strangers write into certificates is text, and stays where it belongs.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { LAPTOP, PHONE, overflowing, screenshot, violations, visit } from './browser.mjs';
import { BIDI, SCRIPT, at } from './scenes.mjs';

async function paths(page) {
        const found = ['/', '/endpoints', '/certificates'];

        for (const list of ['/endpoints', '/certificates']) {
                await page.goto(list);
                found.push(...await page.locator('main a[href*="?id="], main a[href*="?sha256="]')
                        .evaluateAll(links => links.map(l => l.getAttribute('href'))));
        }
        return [...new Set(found)];
}

test('hostile certificates are shown as text, everywhere', async t => {
        const page = await visit(t, at.hostile);
        const all = await paths(page);

        assert.ok(all.length >= 13, all.join(' '));
        for (const [i, path] of all.entries()) {
                assert.equal((await page.goto(path)).status(), 200, path);
                // a subject is no element, and has no handler
                assert.equal(await page.locator('img[src=x], main script').count(), 0, path);
                assert.deepEqual(await violations(page), [], path);
                assert.deepEqual(await overflowing(page), [], path);
                await page.setViewportSize(PHONE);
                assert.deepEqual(await overflowing(page), [], `${path} on a phone`);
                await screenshot(page, `hostile-${i}`);
                await page.setViewportSize(LAPTOP);
        }
});

test('the name of an endpoint is shown as it is', async t => {
        const page = await visit(t, at.hostile);

        await page.goto('/endpoints');
        assert.equal(await page.getByRole('link', { name: SCRIPT }).first().isVisible(), true);
});

test('what turns the direction of text around is shown as such', async t => {
        const page = await visit(t, at.hostile);

        await page.goto('/certificates');
        const text = await page.locator('main').innerText();

        assert.ok(!text.includes(BIDI), 'U+202E is sent as it is');
        assert.match(text, /gpj/);
});
