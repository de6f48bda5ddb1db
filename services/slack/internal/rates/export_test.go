package rates

// Kept returns how many buckets there are, and how many teams are restricted.
func (l *Limiter) Kept() (buckets, teams int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.order.Len(), len(l.restricted)
}
