//go:build !race

package attempt

const raceMemory = 1
