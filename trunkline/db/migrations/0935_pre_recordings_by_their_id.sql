-- What is said of a recording by keys of its own refers to it by no constraint, and a recording is unique by its id alone:
-- on Citus neither could stand (trunkline/db/distribution.toml). Recordings are never deleted, and who names a file of a call
-- holds the call, so that the second to name it finds it.

-- While it is made, who writes recordings waits; the story does in its spools.
create index recordings_call_file on recordings (call_id, file);
alter table recordings drop constraint recordings_call_id_file_key;
alter table quality_moments drop constraint quality_moments_recording_id_fkey;
alter table quality_reviews drop constraint quality_reviews_recording_id_fkey;
alter table recording_links drop constraint recording_links_recording_id_fkey;
comment on table recordings is 'Files in which PBXs recorded calls: id as old as the call, how far each came, and why it stays there. A file of a call once, though no index says so: who adds one locks the call first. None is ever deleted, so what names one needs no foreign key.';
