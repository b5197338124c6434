-- name: of_call
-- How far each recording of a call came, and its text.
select r.id, r.leg, r.file, r.seconds, r.sha256, r.stage, r.stop, r.muting, t.stage as text, t.stop as text_stop,
    t.pieces is not null as has_pieces, a.stage as analysis, a.stop as analysis_stop
from recordings r
left join transcripts t on t.recording_id = r.id
left join analyses a on a.recording_id = r.id
where r.call_id = $1 order by r.found_at, r.file;

-- name: key_of_call
select pbx, linkedid from calls where id = $1;
