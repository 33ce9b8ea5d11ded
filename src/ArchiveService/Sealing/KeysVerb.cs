using System.CommandLine;
using ArchiveService.Hosting;

namespace ArchiveService.Sealing;

/// <summary><c>./run keys create FILE</c>: the key file of an archive with databases of its own; and what else is done with keys.</summary>
public static class KeysVerb
{
    /// <param name="more">What else is done with keys, by those that know the database.</param>
    public static Command Verb(IEnumerable<Command> more)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Where the key file is made, mode 600. A file that is there is never overwritten." };
        var create = new Command("create", "Makes the key file that Keys__MasterKeyFile names. Keep a copy apart from the database and its backups: without it nothing sealed can ever be opened.") { file };
        create.SetAction(async (parsed, ct) =>
        {
            var path = parsed.GetRequiredValue(file).FullName;
            try
            {
                var keys = KeyFile.Create(path, TimeProvider.System);
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"{path} holds the keys now (epoch key {keys.Current.Id}). Set Keys__MasterKeyFile={path} and keep a copy of the file apart.");
                return 0;
            }
            catch (IOException error) when (File.Exists(path))
            {
                throw new CannotStart($"{path} exists already and is left as it is: overwriting a key file would destroy what it opens. Choose another name.", error);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                throw new CannotStart($"{path} could not be made: {error.Message}", error);
            }
        });
        var verb = new Command("keys", "The keys that everything sealed is opened with.") { create };
        foreach (var one in more) verb.Add(one);
        return verb;
    }
}
