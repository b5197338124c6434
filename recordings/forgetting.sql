-- name: forget_text
delete from transcripts where recording_id = $1;

-- name: forget_analysis
delete from analyses where recording_id = $1;

-- name: forget_review
-- Its answers go with it.
delete from quality_reviews where recording_id = $1;

-- name: forget_comments
delete from quality_moments where recording_id = $1;
