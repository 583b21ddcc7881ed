// SPDX-License-Identifier: Apache-2.0
// What every answer says to browsers, so that nobody can use them against us.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { visit } from './browser.mjs';
import { at } from './scenes.mjs';

const HEADERS = {
        'content-security-policy': /^default-src 'none';(?!.*unsafe).*frame-ancestors 'none'/,
        'x-content-type-options': /^nosniff$/,
        'referrer-policy': /^no-referrer$/,
};

test('every answer has the headers that keep browsers safe', async t => {
        const page = await visit(t, at.demo);

        for (const path of ['/healthz', '/static/style.css', '/nothing', '/static/../healthz']) {
                const headers = (await page.request.get(path)).headers();

                for (const [name, expected] of Object.entries(HEADERS))
                        assert.match(headers[name] ?? '', expected, `${path}: ${name}`);
        }
});
