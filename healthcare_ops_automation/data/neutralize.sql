-- a copy of a database calls nobody: endpoints are switched off and what waits is dropped
UPDATE ops_endpoint
   SET state = 'disabled';
UPDATE ops_delivery
   SET state = 'skipped', lease_until = NULL
 WHERE state IN ('waiting', 'retrying', 'sending', 'parked');
