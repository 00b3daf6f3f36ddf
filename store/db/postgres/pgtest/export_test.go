package pgtest

// Dir is where a server has its data.
func Dir(c *Cluster) string {
	if c == nil {
		return ""
	}
	return c.dir
}
