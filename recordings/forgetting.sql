-- name: forget_text
delete from transcripts where recording_id = $1;

-- name: forget_analysis
delete from analyses where recording_id = $1;
