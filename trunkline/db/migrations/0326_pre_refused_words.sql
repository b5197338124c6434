-- What was said in refused recordings, and what was written about them: from now on it goes with the refusal itself.

create temporary table refused_ones on commit drop as select id from recordings where stage in ('refused', 'deleted');
delete from transcripts where recording_id in (select id from refused_ones);
delete from transcript_search where recording_id in (select id from refused_ones);
delete from analyses where recording_id in (select id from refused_ones);
delete from recording_tags where recording_id in (select id from refused_ones);
delete from recording_redactions where recording_id in (select id from refused_ones);
delete from quality_reviews where recording_id in (select id from refused_ones);
delete from quality_moments where recording_id in (select id from refused_ones);
delete from notices where subject in (select id from refused_ones) and kind like 'review.%';
