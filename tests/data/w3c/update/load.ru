LOAD <urn:x:elsewhere>
