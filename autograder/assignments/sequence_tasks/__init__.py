"""The assignment about sequences: film reviews classified by four kinds of networks, and small languages written."""
