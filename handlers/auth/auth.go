// Package auth knows who somebody is: passwords, the second factor, API keys, sessions, and how often anybody may try.
//
// It owns what is secret about signing in: how passwords, recovery codes and keys are made, hashed and compared, what a
// session holds, and what a wrong try costs. The pages, the API and the command line work with the same rules. What it
// returns to be stored is a hash, except the secret of a second factor, which the store seals. It never decides what
// somebody may do (handlers has the roles), and never renders: only when sessions cannot be read or kept does it answer by
// itself, with a sentence.
package auth
