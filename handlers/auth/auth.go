// Package auth establishes who somebody is: passwords, the second factor, API keys, sessions, and how often one may try.
//
// It owns what is secret about signing in: how passwords, recovery codes and keys are made, hashed and compared, what a
// session holds, and what a wrong try costs. The pages, the API and the command line use the same rules. What it
// returns to be stored is a hash, except the secret of a second factor, which the store seals. It never decides what
// somebody may do (handlers has the roles). It renders nothing, but answers with one sentence when sessions cannot be read
// or written.
package auth
