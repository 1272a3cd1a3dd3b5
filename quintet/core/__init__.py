"""What knows no service: refusals, dialects, settings, paging, deferred actions. Could be published alone."""
