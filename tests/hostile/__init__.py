"""What a hostile stranger tries, against the running bot."""
