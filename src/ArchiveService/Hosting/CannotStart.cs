namespace ArchiveService.Hosting;

/// <summary>What is wrong and what to do about it, in one or two sentences for the person at the keyboard.</summary>
public class CannotStart(string sentence, Exception? cause = null) : Exception(sentence, cause);
