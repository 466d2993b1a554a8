"""Papers for people who decide: the decision paper of a submission, the pack of a meeting, its minutes. Page and PDF alike."""
