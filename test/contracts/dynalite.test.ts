/** The records suite over dynalite, an implementation of DynamoDB that is not ours. */
import { createClients } from '../../adapters/aws/clients.ts';
import { DynamoRecords } from '../../adapters/aws/records.ts';
import { startDynalite } from '../support/dynalite.ts';
import { describeRecords } from './records.ts';

describeRecords('dynalite', async () => {
  const server = await startDynalite();
  const open = () => {
    const clients = createClients({ ...server, dynamoEndpoint: server.endpoint });
    const { dynamoReader: reader, dynamoWriter: writer, destroy } = clients;
    return { records: new DynamoRecords({ table: server.table, reader, writer }), destroy };
  };
  const [first, second] = [open(), open()];
  return {
    records: first.records,
    other: second.records,
    async close() {
      first.destroy();
      second.destroy();
      await server.close();
    },
  };
});
