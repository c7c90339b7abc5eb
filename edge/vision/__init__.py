"""From frames to sightings: gate, track, best shot, recognise, agree."""
