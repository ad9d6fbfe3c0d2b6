MOVE DEFAULT TO <urn:x:h>
