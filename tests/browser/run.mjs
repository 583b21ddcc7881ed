// SPDX-License-Identifier: Apache-2.0
// All tests of the pages: tests/browser.sh starts this.
import { after, before } from 'node:test';

import { closeBrowser, openBrowser } from './browser.mjs';
import { endAll, startDemo } from './scenes.mjs';
import './test_answers.mjs';

before(() => Promise.all([openBrowser(), startDemo()]));
after(async () => {
        await closeBrowser();
        await endAll();
});
