// replaced by real content
