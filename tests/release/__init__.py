"""What is given to others: the bundles, what vouches for them, how they are installed, and the hosts that they must run on."""
