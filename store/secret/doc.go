// Package secret owns the master keys: the key file, the key ring read from it, the sealing of single values
// (AES-256-GCM, bound to the table, row and field that they stand in) and keyed hashes of people and events.
//
// It knows no SQL, and it never writes a key anywhere but into the key file.
package secret
