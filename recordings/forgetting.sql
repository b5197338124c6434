-- name: forget_text
delete from transcripts where recording_id = $1;

-- name: forget_analysis
delete from analyses where recording_id = $1;

-- name: forget_review
-- Its answers go with it.
delete from quality_reviews where recording_id = $1;

-- name: forget_comments
delete from quality_moments where recording_id = $1;

-- name: gone_before
-- What went before $1, and was forgotten once.
select id, call_id, pbx, leg, file, stage, sha256 from recordings where gone_at < $1 order by gone_at, id limit $2;

-- name: gone_for_good
update recordings set gone_at = null, sha256 = case stage when 'expired' then sha256 else '' end where id = $1;

-- name: gone_still
update recordings set gone_at = $2 where id = $1;
