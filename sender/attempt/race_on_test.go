//go:build race

package attempt

// raceMemory is how much more an attempt may allocate under the race detector, which makes pools forget what they were
// given. make test runs this package without it, too, to hold the promise of quality.md itself.
const raceMemory = 4
