// What every script here needs: options, and checks that say what is wrong.
//
// A script prints a line `ok: ..` for each thing that is as it should be. The first that is not ends it with a line
// `FAILED: ..` and exit code 1.

import { parseArgs } from 'node:util';

// How long anything may take, in milliseconds.
const WITHIN = 10_000;

export function options() {
    const names = ['bosh', 'jid', 'password', 'device'];
    const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) });
    for (const name of names) check(values[name], `--${name} is missing`);
    return values;
}

export function check(right, otherwise) {
    if (!right) throw new Error(otherwise);
}

export function ok(what) {
    console.log(`ok: ${what}`);
}

// What happens by a callback: `begin(done, failed)` sees to it that one of both is called.
export function happens(what, begin) {
    return new Promise((done, failed) => {
        const timer = setTimeout(() => failed(new Error(`${what}: not in time`)), WITHIN);
        begin(
            (value) => (clearTimeout(timer), done(value)),
            (why) => (clearTimeout(timer), failed(new Error(`${what}: ${why}`))),
        );
    });
}

export function main(script) {
    script(options()).then(
        () => process.exit(0),
        (error) => {
            console.error(`FAILED: ${error.stack}`);
            process.exit(1);
        },
    );
}
