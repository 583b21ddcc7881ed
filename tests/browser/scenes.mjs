// SPDX-License-Identifier: Apache-2.0
// What the browser looks at: the demo, and daemons of our own with what strangers may write into
// certificates, with nothing at all, and with everything broken. Certificates are watched as files.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { PATIENCE_S, until } from './until.mjs';

const program = join(process.env.NOTAFTER_BUILD, 'daemon/app/notafter');
const environment = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC',
        ASAN_OPTIONS: 'detect_leaks=1:exitcode=86', UBSAN_OPTIONS: 'halt_on_error=1:exitcode=86' };

// A port of the loopback interface where nobody listens.
function freePort() {
        return new Promise(resolve => {
                const server = createServer().listen(0, '127.0.0.1', () => {
                        const { port } = server.address();

                        server.close(() => resolve(port));
                });
        });
}

// A self-signed certificate in a file; @subject: { CN: '...', description: '...' }.
function certificate(folder, name, subject, names) {
        const file = join(folder, `${name}.pem`);
        const text = Object.entries(subject)
                .map(([k, v]) => `/${k}=${v.replace(/[\\/+]/g, '\\$&')}`).join('');

        execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
                'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, `${name}.key`),
                '-out', file, '-days', '40', '-utf8', '-subj', text,
                '-addext', `subjectAltName=${names.map(n => `DNS:${n}`).join(',')}`],
                { stdio: 'pipe' });
        return `file:${file}`;
}

// What strangers may write; nothing of it may be more than text on a page.
export const SCRIPT = '<script>alert(1)</script>';
export const IMAGE = '"><img src=x onerror=alert(2)>';
export const BIDI = 'gpj.\u202etset.elgoog\u202c';

function hostileEndpoints(folder) {
        const label = 'l'.repeat(63);
        const long = [label, label, label, 'l'.repeat(50), 'test'].join('.');
        const sans = Array.from({ length: 100 }, (_, i) => `name-${i}.of-a-hundred.example.test`);
        const certificates = {
                script: [{ CN: SCRIPT, O: IMAGE }, ['script.test']],
                bidi: [{ CN: BIDI, O: 'עברית \u0007 e\u0301\u0301\u0301\u0301' }, ['bidi.test']],
                hundred: [{ CN: sans[0] }, sans],
                long: [{ CN: 'l'.repeat(64), description: 'W'.repeat(3000) }, [long]],
                formula: [{ CN: '=HYPERLINK("http://evil.test")' }, ["javascript:alert(3)"]],
        };

        return Object.entries(certificates).map(([name, [subject, names]]) => ({
                name: name === 'script' ? SCRIPT : name === 'long' ? long : name,
                target: certificate(folder, name, subject, names),
                labels: { [name === 'script' ? 'owner' : 'team']: `${IMAGE} ${name}` },
        }));
}

const CONFIGURATIONS = {
        nothing: () => ({ endpoints: [] }),
        hostile: folder => ({ endpoints: hostileEndpoints(folder) }),
        // Nobody answers, the receiver does not either, and silences hold back the rest.
        broken: (folder, closed) => ({
                defaults: { interval: '5s', timeout: '2s', failures: 1 },
                endpoints: Array.from({ length: 60 }, (_, i) => ({
                        target: `host-${i}.test:${closed}`, connect_to: `127.0.0.1:${closed}`,
                        labels: { site: ['fra', 'ams', 'sin'][i % 3] },
                })),
                receivers: [{ name: 'ops', webhook: { url: `http://127.0.0.1:${closed}/` } }],
                silences: [{ match: { labels: { site: 'sin' } }, until: '2099-01-01',
                        reason: `moved ${SCRIPT}` }],
        }),
};

// A program that runs until the end of all tests; what it prints is in .said.
class Running {
        constructor(folder, args) {
                this.folder = folder;
                this.said = '';
                this.child = spawn(program, args, { cwd: folder, env: environment });
                for (const stream of [this.child.stdout, this.child.stderr])
                        stream.setEncoding('utf8').on('data', text => { this.said += text; });
                this.exited = once(this.child, 'exit');
        }

        // Waits, as long as it runs, until @question answers with something true, which it returns.
        holding(question, what) {
                return until(() => {
                        assert.equal(this.child.exitCode, null, `it ended: ${this.said}`);
                        return question();
                }, () => `${what}; it said: ${this.said}`, 3 * PATIENCE_S);
        }

        saying(pattern, what) {
                return this.holding(() => this.said.match(pattern), what);
        }

        // Ends it; a sanitizer that found something makes the status, and its words are in the error.
        async end() {
                this.child.kill('SIGTERM');
                const [status] = await this.exited;

                assert.ok(status === 0, `exit status ${status}: ${this.said.slice(-6000)}`);
                rmSync(this.folder, { recursive: true });
        }
}

const running = [];

function folder() {
        return mkdtempSync(join(tmpdir(), 'nb-'));
}

// Has the daemon looked at everything?
async function allSeen(socket) {
        const status = await promisify(execFile)(program, ['status', '--json', '--socket', socket],
                { env: environment }).catch(error => error); // the exit status tells of problems

        return status.stdout && JSON.parse(status.stdout).endpoints_total.unknown === 0;
}

// The addresses of what runs.
export const at = {};

// Starts `notafter demo` and waits until it has seen everything, and what it mends is mended.
export async function startDemo() {
        const place = folder();
        const demo = new Running(place, ['demo', '--dir', place]);

        running.push(demo);
        const [url] = await demo.saying(/http:\/\/127\.0\.0\.1:\d+\//, 'the address');
        await demo.saying(/is resolved/, 'the end of a problem');
        at.demo = url;
}

// Starts a daemon and waits until it has looked at everything.
async function startDaemon(name, configure) {
        const place = folder();
        const [port, closed] = [await freePort(), await freePort()];
        const socket = join(place, 'socket');
        const file = join(place, 'notafter.yaml');

        mkdirSync(join(place, 'state'));
        writeFileSync(file, JSON.stringify({ state: join(place, 'state'),
                socket, listen: [`127.0.0.1:${port}`],
                ...configure(place, closed) }));
        const daemon = new Running(place, ['run', '-c', file]);

        running.push(daemon);
        await daemon.holding(() => allSeen(socket), 'a look at everything');
        at[name] = `http://127.0.0.1:${port}/`;
}

export async function startAll() {
        await Promise.all([startDemo(), ...Object.entries(CONFIGURATIONS)
                .map(([name, configure]) => startDaemon(name, configure))]);
}

export async function endAll() {
        const ended = await Promise.allSettled(running.map(r => r.end()));

        for (const { reason } of ended)
                assert.ifError(reason);
}
