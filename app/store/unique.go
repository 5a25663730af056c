package store

import "github.com/riverqueue/river/rivertype"

// WhileUnfinished are the states for river.UniqueOpts.ByState of a job of which there may be only one until it has
// finished: a mailbox. Completed is not among them, so that what happens afterwards makes a new job.
func WhileUnfinished() []rivertype.JobState {
	return []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
		rivertype.JobStateRunning, rivertype.JobStateScheduled,
	}
}
