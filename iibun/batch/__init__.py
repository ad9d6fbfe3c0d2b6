"""Many articles on many processes and machines: readers, a cluster, shuffles, links across parts."""
