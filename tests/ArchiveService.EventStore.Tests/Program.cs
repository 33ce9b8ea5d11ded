using ArchiveService.Testing;

// The test runner does not come here; a test that kills processes starts this assembly as one of them.
return await ProjectionNode.Serve(args);
