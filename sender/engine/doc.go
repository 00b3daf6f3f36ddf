// Package engine decides which delivery goes next and has it attempted: a lane for each webhook with due deliveries, a
// bound on what each has in flight, claims from the store, settlements back to it, and Test Connection beside them.
//
// It claims in the store before it sends, and it starts nothing that an act has taken back since.
package engine
