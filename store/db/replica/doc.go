// Package replica is what the processes that serve one database tell each other: what their commits changed, and that they
// have dropped what an act took back.
//
// Every message reaches every replica, its sender included, in one order. So a replica whose own beat came back has heard all
// that was said before that beat. One that has not heard itself for a while may have missed that something was taken back:
// it says so (Fresh), and nothing that was claimed starts until it hears again and everything was looked at anew. Nobody
// therefore waits for a replica that is silent, or longer than Times.Patience.
//
// It knows no SQL: a Server carries the messages.
package replica
