// SPDX-License-Identifier: Apache-2.0
// Waiting for what happens in its own time. NOTAFTER_TEST_PATIENCE=3 waits three times as long.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

export const PATIENCE_S = 20 * Number(process.env.NOTAFTER_TEST_PATIENCE ?? 1);

// Waits until @question answers with something true, which it returns.
export async function until(question, what, seconds = PATIENCE_S) {
        for (const end = Date.now() + 1000 * seconds; Date.now() < end; await sleep(50)) {
                const answer = await question();

                if (answer)
                        return answer;
        }
        assert.fail(`waited ${seconds} s for ${typeof what === 'function' ? what() : what}`);
}
