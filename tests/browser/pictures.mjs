// SPDX-License-Identifier: Apache-2.0
// The pictures of the README, of the demo: node pictures.mjs FOLDER
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { closeBrowser, openBrowser, openPage } from './browser.mjs';
import { at, endAll, startDemo } from './scenes.mjs';

const PICTURES = {
        'overview.png': { path: '/', colorScheme: 'light' },
        'endpoint.png': { path: '/endpoint?id=incomplete', colorScheme: 'dark', from: '.chain-pair' },
};
const folder = process.argv[2];

mkdirSync(folder, { recursive: true });
await Promise.all([openBrowser(), startDemo()]);
for (const [name, { path, from, ...options }] of Object.entries(PICTURES)) {
        const page = await openPage(at.demo, { viewport: { width: 1180, height: 620 }, ...options });

        await page.goto(path);
        if (from)
                await page.locator(from).first().evaluate(e => scrollTo(0, e.offsetTop - 16));
        await page.screenshot({ path: join(folder, name) });
}
await closeBrowser();
await endAll();
