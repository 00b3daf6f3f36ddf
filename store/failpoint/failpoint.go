// Package failpoint is where builds for make torture (tag torture) reach into the program: they end the process at a named
// point, and shift its wall clock. In every other build its functions do nothing and cost nothing.
package failpoint

// The points at which a process can be ended.
const (
	AfterCommit  = "after_commit"  // events are on disk, their 202 is not sent
	BeforeRecord = "before_record" // an endpoint has answered, its answer is not on disk
)
