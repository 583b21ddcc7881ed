// SPDX-License-Identifier: Apache-2.0
// All tests of the pages: tests/browser.sh starts this.
import { after, before } from 'node:test';

import { closeBrowser, openBrowser } from './browser.mjs';
import { endAll, startAll } from './scenes.mjs';
import './test_answers.mjs';
import './test_hostile.mjs';
import './test_pages.mjs';
import './test_people.mjs';

before(() => Promise.all([openBrowser(), startAll()]));
after(async () => {
        await closeBrowser();
        await endAll();
});
