// Package strictjson reads the JSON that strangers post. It walks the text itself: decoding into maps or structs would
// lose the order of keys, the digits of numbers and repeated keys, and could not say where a mistake is. It copies as
// little as it can, because every accepted event passes here.
//
// The rules that any document of ours obeys are here; what a key means is decided by its reader. It imports nothing of ours
// and keeps no state.
package strictjson
