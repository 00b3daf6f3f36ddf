// Package auth knows who somebody is: passwords, the second factor, API keys, sessions, and how often anybody may try.
//
// It owns what is secret about signing in: how passwords, recovery codes and keys are made, hashed and compared, what a
// session holds, and what a wrong try costs. The pages, the API and the command line work with the same rules. It never
// decides what somebody may do (handlers has the roles), writes no page and no answer to a program, and keeps no secret
// as it was typed: what it returns to be stored is a hash.
package auth
