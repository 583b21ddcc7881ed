// SPDX-License-Identifier: Apache-2.0
// What people do: find, sort, open, copy; with the keyboard, in the dark, without JavaScript.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';

import { visit } from './browser.mjs';
import { at } from './scenes.mjs';
import { until } from './until.mjs';

const names = page => page.locator('main tbody a.name').allInnerTexts();

// Waits until the list shows just these.
const shows = (page, expected) => until(async () => isDeepStrictEqual(await names(page), expected),
        `the list of: ${expected}`);

test('problems come first, the worst at the top, each with what to do', async t => {
        const page = await visit(t, at.demo);

        await page.goto('/');
        const problems = page.locator('article.problem');

        assert.ok(await problems.count() >= 5);
        assert.match(await problems.first().innerText(), /critical/i);
        assert.match(await problems.first().innerText(), /to do/i);
});

test('a search follows what is typed', async t => {
        const page = await visit(t, at.demo);

        await page.goto('/endpoints');
        const all = (await names(page)).length;

        await page.keyboard.press('/');
        await page.keyboard.type('WILDCARD.demo');
        await shows(page, ['wildcard']);
        assert.match(page.url(), /q=WILDCARD/);
        await page.getByRole('searchbox').fill('no such thing');
        await shows(page, []);
        await page.getByRole('searchbox').fill('');
        await until(async () => (await names(page)).length === all, 'all of them again');
        await page.getByRole('combobox').selectOption('warning');
        await until(async () => !(await names(page)).includes('good'), 'the warnings alone');
        assert.ok((await names(page)).includes('expiring'));
});

test('a list can be turned around', async t => {
        const page = await visit(t, at.demo);

        await page.goto('/endpoints?sort=name');
        const upwards = await names(page);

        assert.deepEqual(upwards, [...upwards].sort());
        await page.locator('th').getByRole('link', { name: /name|endpoint/i }).click();
        await page.waitForURL(/order=desc/);
        await shows(page, upwards.reverse());
});

test('a long list has pages', async t => {
        const page = await visit(t, at.broken);

        await page.goto('/endpoints?limit=25');
        assert.equal((await names(page)).length, 25);
        await page.getByRole('link', { name: 'Next' }).first().click();
        await page.waitForURL(/offset=25/);
        await page.getByRole('link', { name: 'Next' }).first().click();
        await page.waitForURL(/offset=50/);
        assert.equal((await names(page)).length, 10);
        assert.equal(await page.getByRole('link', { name: 'Next' }).count(), 0);
});

test('the missing certificate is drawn, and copied with one click', async t => {
        const page = await visit(t, at.demo, { permissions: ['clipboard-read', 'clipboard-write'] });

        await page.goto('/endpoints');
        await page.getByRole('link', { name: 'incomplete', exact: true }).click();
        await page.waitForURL(/endpoint\?id=incomplete$/);
        assert.ok(await page.locator('main svg .missing').count() >= 1, 'nothing is drawn as missing');
        await page.getByRole('button', { name: /copy/i }).first().click();
        const pem = await page.evaluate(() => navigator.clipboard.readText());

        assert.match(pem, /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n?$/);
});

// Presses Tab until the focus comes around; what it stopped at.
async function stops(page) {
        const found = [];

        for (let i = 0; i < 200; i++) {
                await page.keyboard.press('Tab');
                const stop = await page.evaluate(() => {
                        const e = document.activeElement;
                        const s = getComputedStyle(e);

                        return e === document.body ? null : {
                                what: e.outerHTML.slice(0, 90),
                                seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
                        };
                });
                if (!stop)
                        break;
                found.push(stop);
        }
        return found;
}

test('the keyboard reaches everything, and shows where it is', async t => {
        const page = await visit(t, at.demo);

        for (const path of ['/', '/endpoints', '/endpoint?id=incomplete']) {
                await page.goto(path);
                const found = await stops(page);

                assert.ok(found.length > 10, `${path}: ${found.length} stops`);
                assert.match(found[0].what, /skip/);
                assert.deepEqual(found.filter(s => !s.seen), [], path);
        }
        await page.goto('/endpoints');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
});

test('the theme that was chosen stays', async t => {
        const page = await visit(t, at.demo, { colorScheme: 'light' });
        const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

        await page.goto('/queue');
        const light = await paper();

        for (let i = 0; i < 3 && await paper() === light; i++)
                await page.locator('#theme').click();
        const dark = await paper();

        assert.notEqual(dark, light);
        await page.goto('/endpoints');
        assert.equal(await paper(), dark);
});

test('everything is there without JavaScript', async t => {
        const page = await visit(t, at.demo, { javaScriptEnabled: false });

        await page.goto('/');
        await page.getByRole('link', { name: 'Endpoints', exact: true }).first().click();
        const all = await names(page);

        await page.getByRole('searchbox').fill('incomplete');
        await page.getByRole('searchbox').press('Enter');
        await shows(page, ['incomplete']);
        await page.goBack();
        await shows(page, all);
        await page.goForward();
        await page.getByRole('link', { name: 'incomplete', exact: true }).click();
        assert.match(await page.locator('pre').first().innerText(), /BEGIN CERTIFICATE/);
        for (const button of await page.getByRole('button', { name: /copy|theme/i }).all())
                assert.equal(await button.isVisible(), false, 'a button that does nothing');
});
