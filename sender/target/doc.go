// Package target owns where a request may go and with which headers: it reads typed URLs and pasted headers, and holds the
// guard, which refuses private and special addresses while editing and again at every connection.
//
// It never makes a connection, and it never decides whether an answer was good.
package target
